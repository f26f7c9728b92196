explain -c rules.conf --tls TLSv1.2 --login alice --sender a@example.org --to a@gmail.com --transport smtp --port 587 --header-from example.org --dkim none --one-click no --today 2027-01-01
