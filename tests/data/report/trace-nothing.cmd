trace nobody@example.org -c empty.conf --tz UTC --log day.log
