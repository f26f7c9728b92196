explain -c rules.conf --stage mail --port 587 --tls TLSv1.3 --login alice --today 2027-01-01
