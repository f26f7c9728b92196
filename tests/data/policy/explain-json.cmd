explain -c rules.conf --format json --port 587 --tls TLSv1.1 --login alice --to gmail.com --today 2027-01-01
