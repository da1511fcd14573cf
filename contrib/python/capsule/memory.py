from os import path
from lzma import*
from tarfile import*
from importlib.util import*
from importlib.machinery import*
from io import*
import sys,builtins,traceback
n='unpacking'
q=path.abspath(@OUT@)
try:
 t=TarFile(fileobj=BytesIO(decompress(p,1)));p={}
 for m in t:
  n=m.name
  if m.isreg():p[q+'/'+n]=@UNPACK@(t.extractfile(m).read())
except Exception as e:sys.exit(f'{q}: {n}: {e}')
class I(SourceFileLoader):
 def get_data(s,n):
  if n in p:return p[n]
  raise FileNotFoundError(n)
 def find_spec(n,l=0,t=0):
  v=[]
  for d in l or sys.path:
   f=path.abspath(f'{d}/{n.split(".")[-1]}')
   for e in'/__init__.py','.py':
    if f+e in p:return spec_from_file_location(n,f+e,loader=I(n,f+e))
   v+=[f for k in p if k.startswith(f+'/')][:1]
  if v and not PathFinder.find_spec(n,l or None):s=ModuleSpec(n,None,is_package=1);s.submodule_search_locations=v;return s
