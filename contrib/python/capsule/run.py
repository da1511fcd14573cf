sys.argv[0]=n=@MAIN@;p=t.extractfile(@PREFIX@n).read();q=path.abspath(n);sys.path[0]=path.dirname(q);m=sys.modules['__main__']=type(sys)('__main__');t=m.__dict__;t.update(__builtins__=__builtins__,__file__=q)
sys.excepthook=lambda t,e,b,h=sys.excepthook:h(t,e.with_traceback(b@FRAMES@),b)
exec(compile(p,q,'exec'),t)
