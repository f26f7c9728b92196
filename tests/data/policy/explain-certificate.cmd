explain -c rules.conf --port 587 --tls TLSv1.3 --cert-subject 'Robot One' --cert-issuer 'Our CA' --to example.net --one-click yes --dkim example.com --header-from example.com --today 2027-01-01
