explain -c rules.conf --port 1587 --login alice --to example.net --today 2027-01-01
