held --format xml
