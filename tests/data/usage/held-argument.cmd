held queue
