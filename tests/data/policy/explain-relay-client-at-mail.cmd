explain -c rules.conf --port 25 --client 'printer.example.com[203.0.113.5]' --stage mail --today 2027-01-01
