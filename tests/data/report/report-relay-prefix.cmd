report -c empty.conf --log day.log --tz UTC --internal 192.0.2.0/33
