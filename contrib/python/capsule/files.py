 for m in t:
  n=m.name;makedirs(path.dirname('./'+n+'/'*m.isdir()),exist_ok=1)
  if m.isreg():
   with open(n,'wb')as o:o.write(@UNPACK@(t.extractfile(m).read()))
   m.mode&64 and chmod(n,493)
except Exception as e:sys.exit(f'{@OUT@}: {n}: {e}')
umask(p)
