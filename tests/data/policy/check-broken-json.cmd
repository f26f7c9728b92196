check -c broken.conf --format json
