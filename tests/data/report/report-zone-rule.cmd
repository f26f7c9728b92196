report -c empty.conf --log day.log --tz UTC+9x
