simulate -c none.conf --log gate.log
