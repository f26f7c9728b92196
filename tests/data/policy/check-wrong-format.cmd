check -c rules.conf --format xml
