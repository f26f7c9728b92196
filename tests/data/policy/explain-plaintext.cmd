explain -c rules.conf --port 587 --client 'pc.example.net[198.51.100.9]' --sender a@example.org --to gmail.com --transport smtp --today 2027-01-01
