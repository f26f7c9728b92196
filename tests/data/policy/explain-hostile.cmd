explain -c rules.conf --port 587 --tls none --to gmail.com --client "$(printf 'a\033[31mb\342\200\256[198.51.100.9]')" --today 2027-01-01
