explain -c rules.conf --local yes --from '<root@example.com>' --to example.net --today 2027-01-01
