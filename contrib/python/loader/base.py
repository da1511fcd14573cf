import tarfile
from json import*
from zlib import*
from numpy import*
def load(p,**r):
 try:t=tarfile.open(p);q=(t.extractfile(e)for e in t if e.size and'.safetensors'in e.name[-12:])
 except:q=open(p,'rb'),
 for f in q:
  h=loads(f.read(ndarray((),'q',f.read(8))));x=f.read();q=loads(h.pop('__metadata__',{}).get('xzbundle','{}')).get('tensors',{})
  for k in h:
   try:
    u=h[k]|q.get(k,{});n=u['shape'];i,j=u['data_offsets'];d=u['dtype'];w='136'.find(d[-2])+1;p=str(u);a=ndarray(j-i,'B',x,i)
