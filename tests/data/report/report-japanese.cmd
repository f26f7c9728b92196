report --config empty.conf --log day.log --tz UTC --series day --lang ja
