  if p:
   s=v.get('levels')or range(v.get('low',0),1<<65);a=array('BHIQ'[t],[s[x]&(1<<w)-1 for x in c]).tobytes()
   if crc32(a)!=v['crc32']:raise IOError('CRC32 of '+N)
  h[N]=dict(dtype=v['dtype'],shape=v['shape'],data_offsets=[i,i:=i+len(a)]);o+=a
 h=r.get('header')or dumps(h,separators=',:',ensure_ascii=False);h=h.encode();h+=b' '*(-len(h)%8);return o if'array'in r else len(h).to_bytes(8,'little')+h+o
