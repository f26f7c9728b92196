report -c empty.conf --log day.log --tz Europe
