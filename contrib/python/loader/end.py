    if'level'in p:a=array(u['levels'])[a]
    if'crc'in p:a=a.astype('BHIQ'[w]);1/(crc32(a)==u['crc32'])
    if'BF'in p:a=ndarray(n,'H',a).astype('I')<<16
    r[k]=ndarray(n,'CB?fFBefdIbhiqUBHIQ'.split(d[0])[1][w],a)
   except:{}[k]
 return r
def B(a,n,k):return resize(unpackbits(a),n+[k])@2**arange(k-1,-1,-1)
