check -c warned.conf --today 2027-01-01
