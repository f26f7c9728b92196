trace 4AA00001 -c empty.conf --tz UTC --log day.log
