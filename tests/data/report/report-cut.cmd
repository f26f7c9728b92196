report -c empty.conf --tz UTC --log cut.log.gz
