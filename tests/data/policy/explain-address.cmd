explain -c rules.conf --client 192.0.2.17 --port 587 --tls none --today 2027-01-01
