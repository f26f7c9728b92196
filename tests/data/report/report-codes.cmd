report -c empty.conf --tz UTC --log codes.log
