trace -c empty.conf --log day.log
