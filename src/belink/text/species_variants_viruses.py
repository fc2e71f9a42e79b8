"""Viruses: short forms and everyday names, with the names that the NCBI Taxonomy has for them.

Written from general knowledge of virology, for the 2024 state of the taxonomy; the misses of training
documents showed where to look.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_VIRUSES = {
    "Human immunodeficiency virus 1":
        "hiv 1|hiv1|hiv i|human immunodeficiency virus type 1|hiv type 1|hiv|aids virus",
    "Human immunodeficiency virus 2": "hiv 2|hiv2|human immunodeficiency virus type 2|hiv type 2",
    "Human immunodeficiency virus": "hiv|human immunodeficiency virus|hivs",
    "Simian immunodeficiency virus": "siv",
    "Simian-Human immunodeficiency virus": "shiv",
    "Feline immunodeficiency virus": "fiv",
    "Human T-cell leukemia virus type I": "htlv 1|htlv i|htlv1|human t lymphotropic virus 1",
    "Human T-lymphotropic virus 2": "htlv 2|htlv ii|htlv2",
    "Moloney murine leukemia virus": "mmlv|m mlv|mo mlv|momlv|m mulv|mo mulv|momulv",
    "Murine leukemia virus": "mulv|mlv",
    "Friend murine leukemia virus": "friend virus|f mulv",
    "Mouse mammary tumor virus": "mmtv",
    "Rous sarcoma virus": "rsv",
    "Avian leukosis virus": "alv",
    "Porcine type-C oncovirus": "porcine endogenous retrovirus|perv",
    "Equine infectious anemia virus": "eiav",
    "Hepatitis B virus": "hbv|hepatitis b",
    "Hepacivirus hominis": "hcv|hepatitis c virus|hepatitis c",
    "Hepatovirus A": "hav|hepatitis a virus|hepatitis a",
    "Hepatitis delta virus": "hdv|hepatitis d virus|hepatitis d",
    "Hepatitis E virus": "hev|hepatitis e",
    "Severe acute respiratory syndrome coronavirus 2":
        "sars cov 2|sarscov2|2019 ncov|covid 19|covid 19 virus|novel coronavirus|hcov 19",
    "Severe acute respiratory syndrome-related coronavirus":
        "sars cov|sars cov 1|sars coronavirus|severe acute respiratory syndrome coronavirus|sars",
    "Middle East respiratory syndrome-related coronavirus":
        "mers cov|mers|mers coronavirus|middle east respiratory syndrome coronavirus",
    "Alphacoronavirus 1": "transmissible gastroenteritis virus|tgev",
    "Porcine epidemic diarrhea virus": "pedv",
    "Infectious bronchitis virus": "ibv",
    "Murine hepatitis virus": "mhv|mouse hepatitis virus",
    "Influenza A virus":
        "influenza a|iav|type a influenza virus|influenza|influenza virus|flu virus|avian influenza"
        "|avian influenza virus|aiv|hpai|hpaiv|h1n1pdm",
    "Influenza B virus": "influenza b|ibv|type b influenza virus",
    "Influenza C virus": "influenza c|type c influenza virus",
    "Human alphaherpesvirus 1":
        "hsv 1|hsv1|hsv|herpes simplex virus|herpes simplex virus 1|herpes simplex"
        "|herpes simplex virus type 1|human herpesvirus 1|hhv 1",
    "Human alphaherpesvirus 2":
        "hsv 2|hsv2|herpes simplex virus 2|herpes simplex virus type 2|human herpesvirus 2|hhv 2",
    "Human alphaherpesvirus 3": "vzv|varicella zoster virus|varicella zoster|human herpesvirus 3|varicella",
    "Human gammaherpesvirus 4": "ebv|epstein barr virus|human herpesvirus 4|hhv 4|epstein barr",
    "Human betaherpesvirus 5": "hcmv|human cytomegalovirus|cmv|cytomegalovirus|human herpesvirus 5|hhv 5",
    "Human betaherpesvirus 6": "hhv 6|human herpesvirus 6|hhv6",
    "Human betaherpesvirus 7": "hhv 7|human herpesvirus 7",
    "Human gammaherpesvirus 8":
        "kshv|hhv 8|hhv8|human herpesvirus 8|kaposi sarcoma associated herpesvirus"
        "|kaposi sarcoma herpesvirus",
    "Murid betaherpesvirus 1": "mcmv|murine cytomegalovirus|mouse cytomegalovirus",
    "Murid gammaherpesvirus 4": "mhv 68|mhv68|murine gammaherpesvirus 68|gammaherpesvirus 68|ghv68",
    "Suid alphaherpesvirus 1": "pseudorabies virus|prv|aujeszky disease virus|suid herpesvirus 1",
    "Bovine alphaherpesvirus 1": "bhv 1|bovine herpesvirus 1|infectious bovine rhinotracheitis virus|bohv 1",
    "Equid alphaherpesvirus 1": "ehv 1|equine herpesvirus 1|equid herpesvirus 1",
    "Gallid alphaherpesvirus 2": "mdv|marek disease virus|gallid herpesvirus 2",
    "Human papillomavirus": "hpv|hpvs|human papilloma virus",
    "Alphapapillomavirus 9": "hpv 16|hpv16|human papillomavirus type 16|hpv type 16",
    "Alphapapillomavirus 7": "hpv 18|hpv18|human papillomavirus type 18|hpv type 18",
    "Betapolyomavirus macacae": "sv40|sv 40|simian virus 40",
    "JC polyomavirus": "jcv|jc virus|jcpyv|human polyomavirus 2",
    "Betapolyomavirus hominis": "bkv|bk virus|bkpyv|human polyomavirus 1",
    "Merkel cell polyomavirus": "mcpyv|mcv",
    "Vaccinia virus": "vacv|vv|mva|modified vaccinia virus ankara",
    "Variola virus": "smallpox virus|smallpox|variola",
    "Monkeypox virus": "mpxv|mpox virus|mpox",
    "Orf virus": "orfv",
    "Goatpox virus": "goat poxvirus|gtpv|goat pox virus",
    "Measles morbillivirus": "measles virus|mev|mv|measles",
    "Mumps orthorubulavirus": "mumps virus|muv|mumps",
    "Morbillivirus canis": "canine distemper virus|cdv",
    "Rinderpest morbillivirus": "rinderpest virus|rpv",
    "Morbillivirus caprinae": "peste des petits ruminants virus|pprv",
    "Respirovirus muris": "sendai virus|sev|murine parainfluenza virus 1",
    "Human respirovirus 3": "hpiv 3|human parainfluenza virus 3|parainfluenza virus 3|hpiv3",
    "Mammalian orthorubulavirus 5": "parainfluenza virus 5|piv5|simian virus 5",
    "human respiratory syncytial virus":
        "rsv|hrsv|respiratory syncytial virus|human respiratory syncytial virus",
    "Respiratory syncytial virus": "rsv|hrsv",
    "Human metapneumovirus": "hmpv",
    "Orthoavulavirus javaense": "newcastle disease virus|ndv",
    "Henipavirus nipahense": "nipah virus|niv",
    "Henipavirus hendraense": "hendra virus|hev",
    "Lyssavirus rabies": "rabies virus|rabv|rabies",
    "Vesicular stomatitis virus": "vsv",
    "Zaire ebolavirus": "ebov|ebola virus|ebola",
    "Orthomarburgvirus marburgense": "marv|marburg virus",
    "Mammarenavirus lassaense": "lassa virus|lasv",
    "Mammarenavirus choriomeningitidis": "lcmv|lymphocytic choriomeningitis virus",
    "Orthohantavirus hantanense": "hantaan virus|htnv",
    "Orthohantavirus sinnombreense": "sin nombre virus|snv",
    "Rift Valley fever virus": "rvfv|rift valley fever phlebovirus",
    "Orthonairovirus haemorrhagiae": "cchfv|crimean congo hemorrhagic fever orthonairovirus",
    "Dengue virus": "denv|dengue|dengue viruses",
    "West Nile virus": "wnv|wn virus",
    "Zika virus": "zikv|zika",
    "Yellow fever virus": "yfv|yellow fever",
    "Japanese encephalitis virus": "jev",
    "Tick-borne encephalitis virus": "tbev",
    "Bovine viral diarrhea virus 1": "bvdv|bovine viral diarrhea virus|bovine viral diarrhoea virus|bvdv 1",
    "Classical swine fever virus": "csfv|hog cholera virus",
    "Chikungunya virus": "chikv",
    "Sindbis virus": "sinv|sv",
    "Semliki Forest virus": "sfv",
    "Rubella virus": "rubv|rubella",
    "Eastern equine encephalitis virus": "eeev",
    "Venezuelan equine encephalitis virus": "veev",
    "Enterovirus A":
        "coxsackievirus a16|ca16|cva16|ev71|ev a71|enterovirus 71|coxsackievirus a6|enterovirus a71",
    "Enterovirus B":
        "coxsackievirus b3|cvb3|coxsackievirus b|coxsackievirus a9|cav9|coxsackievirus b4"
        "|coxsackievirus b5|coxsackievirus b1|echovirus|echovirus 11|coxsackie b virus|coxsackievirus b2",
    "Enterovirus C": "poliovirus|polio virus|pv|coxsackievirus a21|coxsackievirus a24|human poliovirus",
    "Enterovirus D": "enterovirus 70|ev d68|enterovirus d68|enterovirus 68",
    "Rhinovirus A": "human rhinovirus a|hrv a",
    "Human rhinovirus sp.": "human rhinovirus|hrv|rhinovirus",
    "Foot-and-mouth disease virus": "fmdv|fmd|fmd virus",
    "Encephalomyocarditis virus": "emcv",
    "Theilovirus":
        "theiler murine encephalomyelitis virus|tmev|theiler virus|theiler murine encephalitis virus",
    "Human adenovirus 5": "ad5|adenovirus 5|adenovirus type 5|hadv 5|hadv5|adenovirus serotype 5",
    "Human adenovirus 2": "ad2|adenovirus 2|adenovirus type 2|hadv 2",
    "Human mastadenovirus C": "human adenovirus c|hadv c|human adenovirus|adenovirus",
    "Adenoviridae": "adenovirus|adenoviruses|adenoviral",
    "Adeno-associated virus": "aav|aavs|raav",
    "Adeno-associated virus - 2": "aav2|aav 2",
    "Adeno-associated virus 8": "aav8|aav 8",
    "Erythroparvovirus primate1": "parvovirus b19|b19 virus",
    "Minute virus of mice": "mvm|mice minute virus",
    "Porcine circovirus 2": "pcv2|pcv 2|porcine circovirus type 2",
    "Porcine reproductive and respiratory syndrome virus": "prrsv",
    "Rotavirus A": "group a rotavirus|rva|rotavirus|group a rotaviruses|rotaviruses",
    "Norovirus": "norovirus|noroviruses|norwalk like virus",
    "Norwalk virus": "norovirus|norwalk",
    "Bluetongue virus": "btv",
    "Infectious bursal disease virus": "ibdv",
    "African swine fever virus": "asfv",
    "Autographa californica nucleopolyhedrovirus":
        "acmnpv|autographa californica multiple nucleopolyhedrovirus|autographa californica mnpv"
        "|baculovirus",
    "Bombyx mori nucleopolyhedrovirus": "bmnpv|bombyx mori npv",
    "White spot syndrome virus": "wssv",
    "Yellow head virus": "yhv",
    "Penstylhamaparvovirus decapod1": "ihhnv",
    "Viral hemorrhagic septicemia virus": "vhsv",
    "Infectious hematopoietic necrosis virus": "ihnv",
    "Tobacco mosaic virus": "tmv",
    "Cucumber mosaic virus": "cmv",
    "Cauliflower mosaic virus": "camv",
    "Potato virus X": "pvx",
    "Potato virus Y": "pvy",
    "Turnip mosaic virus": "tumv",
    "Tomato yellow leaf curl virus": "tylcv",
    "Orthotospovirus tomatomaculae": "tswv|tomato spotted wilt orthotospovirus",
    "Tomato bushy stunt virus": "tbsv",
    "Brome mosaic virus": "bmv",
    "Barley yellow dwarf virus": "bydv",
    "Tobacco etch virus": "tev",
    "Lambdavirus lambda": "bacteriophage lambda|phage lambda|lambda phage|lambda",
    "Tequatrovirus T4": "bacteriophage t4|phage t4|t4 phage|t4",
    "Teseptimavirus T7": "bacteriophage t7|phage t7|t7 phage|t7",
    "Punavirus P1": "p1|p1 phage|phage p1|bacteriophage p1",
    "Viruses": "virus|viral",
    "Retroviridae": "retrovirus|retroviral|retroviruses",
    "Lentivirus": "lentiviral|lentiviruses",
    "Coronaviridae": "coronavirus|coronaviruses|cov",
    "Herpesviridae": "herpesvirus|herpesviruses|herpes virus",
    "Cytomegalovirus": "cmv|cytomegaloviruses",
}  # fmt: skip


def _table(names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for standard, forms in names.items():
        for form in forms.split("|"):
            table[form] = (*table.get(form, ()), standard)
    return table


VIRUSES: Mapping[str, tuple[str, ...]] = MappingProxyType(_table(_VIRUSES))
"""Normalised short form or everyday name -> names in the NCBI Taxonomy, in the order of this file."""
