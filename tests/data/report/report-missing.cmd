report -c empty.conf --tz UTC --log missing.log
