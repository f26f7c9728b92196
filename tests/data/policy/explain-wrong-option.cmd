explain -c rules.conf --stage tomorrow
