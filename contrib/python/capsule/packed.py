from json import*
from math import*
from zlib import*
from array import*
