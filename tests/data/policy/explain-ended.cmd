explain -c rules.conf --port 587 --client 'scan.example.com[198.51.100.7]' --to example.net --today 2027-04-01
