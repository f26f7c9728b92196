explain -c monitor.conf --tls TLSv1.2 --login alice --to gmail.com --port 587 --header-from gmail.com --dkim none --one-click no --today 2027-01-01
