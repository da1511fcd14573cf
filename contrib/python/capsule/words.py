  if p:
   s=v.get('levels')or range(v.get('low',0),9**99);a=array('BHIQ'[t],[s[x]&(1<<w)-1 for x in c]).tobytes()
   if crc32(a)!=v['crc32']:raise IOError('CRC32 of '+N)
