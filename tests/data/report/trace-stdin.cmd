trace 4AA00001 -c empty.conf --log -
