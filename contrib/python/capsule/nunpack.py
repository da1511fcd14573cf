from json import*
from zlib import*
from numpy import*
def B(a,n,k):return resize(unpackbits(a),n+[k])@2**arange(k-1,-1,-1)
def u(b):
 k=8+int.from_bytes(b[:8],'little');h=loads(b[8:k]);r=loads(h['__metadata__'].pop('xzbundle'));o=b'';i=0
 if'bare'in r:del h['__metadata__']
 for N in sorted([n for n in h if n!='__metadata__'],key=lambda n:h[n]['data_offsets']):
  s,e=h[N]['data_offsets'];a=b[k+s:k+e];v={**h[N],**r['tensors'].get(N,{})};n=int(prod(v['shape']));d=v['dtype'];t='136'.find(d[-2])+1;w=8<<t;p=v.get('packing','');c=frombuffer(a,'B')
