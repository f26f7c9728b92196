trace 4D0000001 -c empty.conf --tz UTC --log unsent.log
