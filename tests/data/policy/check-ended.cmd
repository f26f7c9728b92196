check -c rules.conf --today 2027-04-01
