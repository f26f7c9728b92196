report -c missing.conf --log day.log
