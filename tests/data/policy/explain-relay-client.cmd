explain -c rules.conf --port 25 --client 'printer.example.com[203.0.113.5]' --to example.net --transport smtp --today 2027-01-01
