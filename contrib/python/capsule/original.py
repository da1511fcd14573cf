  h[N]=dict(dtype=v['dtype'],shape=v['shape'],data_offsets=[i,i:=i+len(a)]);o+=a
 h=dumps(h,separators=',:',ensure_ascii=False).encode();h=r['header'].encode()if'header'in r else h+b' '*(-len(h)%8);return o if'array'in r else len(h).to_bytes(8,'little')+h+o
