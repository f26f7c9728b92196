explain -c rules.conf --tls TLS1.2
