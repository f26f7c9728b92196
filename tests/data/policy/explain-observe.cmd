explain -c rules.conf --port 587 --client 'pc.example.com[192.0.2.9]' --to example.net --today 2027-01-01
