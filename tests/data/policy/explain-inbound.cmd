explain -c rules.conf --port 25 --client 'mx.example.net[198.51.100.9]' --to example.com --transport local --today 2027-01-01
