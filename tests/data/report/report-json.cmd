report -c empty.conf --tz UTC --log day.log --format json
