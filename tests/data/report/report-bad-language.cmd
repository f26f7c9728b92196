report --config empty.conf --log day.log --tz UTC --lang xx
