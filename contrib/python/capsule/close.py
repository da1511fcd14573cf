f.close()
