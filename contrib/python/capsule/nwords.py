  if p:
   a=(array(v['levels'])[c]if'levels'in v else c+v.get('low',0)).astype('BHIQ'[t]).tobytes()
   if crc32(a)!=v['crc32']:raise IOError('CRC32 of '+N)
