check -c rules.conf --today 2027-03-31
