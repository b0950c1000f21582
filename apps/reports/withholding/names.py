"""Names of people in Chinese text, where there are neither spaces nor capitals: a surname, one or two characters, and marks around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦"
    "付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞"
    "左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦"
    "褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀"
    "郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮"
    "都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡"
    "富尧闭由"
)
DOUBLE = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒|南宫|端木|百里|呼延|轩辕|宇文|长孙|独孤|澹台|申屠|闻人|太史|钟离"
# Characters that no given name of a person in office bears, while ordinary words are full of them.
NEVER = (
    "的了在是有与及或等为被给予对将把因由从向于其该此各每某之而且但如若则并也都已未不无非"
    "人员个名件起宗条项次年日级组部门局委办乡镇村区县市省政府院校厂案罪刑罚处分查违纪规制问题整改"
    "、，。：；“”（）《》〔〕0123456789"
)
# Ordinary words that begin with a character that is a surname, too.
ORDINARY = """
    高度 高位 高标 高效 高质 高压 马上 方面 方案 方式 方向 白酒 安全 安排 任务 任职 任免 任期 任用 严肃 严格 严重 严厉 严查 严管
    金额 金融 资金 江西 江苏 成员 成立 成功 成果 成效 成绩 项目 管理 管控 管护 管辖 程序 程度 时间 时任 时限 时期 关于 关键 关注
    关系 关联 公职 公开 公款 公告 公司 公务 公示 公安 公章 公车 公共 公益 公平 公正 公立 单位 单独 谈话 相关 相应 相继 全区 全部
    全面 全体 全县 全市 全年 应当 应收 应急 解除 解决 解聘 解散 向上 平台 平时 许可 万元 水利 计划 计算 明确 明显 明知 易地 季度
    家庭 家属 家长 文件 文旅 文化 文明 文体 房产 房屋 房管 路桥 路面 石料 农业 农村 农民 农户 商业 商会 商户 国有 国企 国家 国资
    国土 信访 信用 信息 信贷 原则 原任 原局 原区 原副 原因 常态 常委 广大 来访 来信 来源 初核 初步 初次 门诊 门店 门面 云端 普遍
    普通 国道 海峡 海洋 花园 花费 权力 权限 权责 强化 强调 强制 支付 支出 支部 支持 富余 干部 干预 干警 干群 但是 元旦 展开 智能
    利用 利益 居民 居委 居住 连续 连锁 连带 温泉 康养 盛会 路线 游客 游览 顾问 毛利 毛坯 包括 包庇 包干 包保 尚未 施工 施行 文书
    和谐 向好 周边 周期 周转 余款 余额 余下 于是 宁愿 区管 区域 区属 区级 区内 区外 都是 石材 石化 段落 汤料 陈述 陈旧 谢绝 许多
    何时 何种 宋体 唐突 党员 党委 党组 党纪 党内 党建 党支 党校 党风 党政 党章 党费 师生 师德 师资 班子 班组 班级 位置 位于 满意
    满期 满足 丰富 印发 印章 储备 祖国 官员 官方 官僚 封闭 封存 查处 查询 查实 查明 查办 查扣 查阅 简单 简化 麻痹 车辆 车间 车位
    车改 车队 车补 牛羊 羊肉 鲜活 银行 阴阳 战略 战士 皮革 盘活 盘点 索要 索贿 索取 统一 左右 古建 古镇 古树 沙县 沙石 沙场 苗木
    苗圃 梅列 林业 林场 林地 林下 林权 田地 田间 田块 龙头 龙湖 水库 水质 汪洋 温馨 夏季 夏收 夏茂 秋季 阳光 阳台 乐于 路政 房改
    房东 童装 冷库 冷链 冷藏 米面 米粉 荣誉 容积 容忍 门禁 强迫 强占 支行 支队 支农 支教 支撑 支取 利息 利润 利税 居家 委托 司法
    司机 武装 武术 孔庙 麦田 艾滋 曲线 屈服 成本 成品 成套 成为 成文 章程 章节 申请 申报 申诉 申领 申购 申办 左侧 齐全 齐抓 易制
    安置 安装 安防 安保 安居 万余 万名 万人 庄园 庄稼 毕业 季节 骆驼 路灯 路段 柴油 华侨 华夏 蒲城 尤其 尤溪 农机 农药 农资 农技
    农商 项下 连片 景区 景点 景观 官网 封山 谈心 谈判 惠民 惠农 惠企 南山 南阳 郑湖 高砂 高桥 富口 大洛 青州 湖源 管前 南霞 凤岗
    虬江 严守 严抓 严明 严禁 严打 严防 严控 严审 高管 高风 高发 高额 高价 高危 高龄 高校 高中 高职 方可 方能 方便 白条 白天 白色
    文字 文艺 文职 文博 公寓 公租 公用 公积 公文 公证 公诉 公布 公众 公民 公交 公路 公园 明细 明文 明察 明责 金库 石油 万亩 钱款
    钱物 钱财 路费 车费 油费 包工 包装 包裹 包厢 温饱 梁柱 房贷 房租 车贷 国债 国库 国税 安监 时有 时常 时效 时段 应付 应缴 应退
    应补 应对 应用 应聘 应届 相对 相互 相当 相同 和解 和平 和谈 平均 平价 平衡 平稳 单据 单方 单笔 商品 商贸 商标 来自 来往 初始
    初审 初期 初犯 原告 原始 原文 原有 原件 原来 元凶 信件 信托 信任 信教 干涉 干扰 展示 展销 智慧 居间 修改 修订 修建 修缮 修复
    公函 计生 计提 计入 计酬 支票 权属 权益 强拆 强令 强行 花销 海关 海域 国民 区直 满分 位列 荣获 储蓄 印刷 官商 封路 查封 查账
    查验 查证 查获 简报 简历 谈及 席位 席间 景气 卫生 卫健 米业 冷冻 党籍 党外 党务 党性 党龄 费用 费率 宫殿 师傅 边界 边缘 边境
    仇富 商议 商谈 荣辱 明令 池塘 麻将 麻醉 封口 谈恋 匡算 惠及 乐队 南北 南部 班主 班车 班次 储存 燕窝 劳动 劳务 劳资 劳保 楼盘
    楼房 楼宇 盘查 满员 满额 满载 闻讯 区分 区划 练习 廉政 廉洁 廉租 廉价 井盖 漆料 巴士 丰收 卿本 宣传 宣布 宣教 宣判 晋升 晋级
    相处 相邻 门口 门户 云南 容量 敬老 敬请 都市 普查 普法 普及 浦东 伏击 薄弱 雍容 母亲 母公 修路 况且 那些 那种 宿舍 鲜花 隆重
    诺言 慕名 危险 危害 危房 危化 玉米 玉石 银耳 亢奋 宾馆 宾客 利率 呼吁 居高 揭发 揭露 斯文 元素 束缚 衣物 展览 智库 幸福 奉献
    植物 植树 植被 衡量 富裕 富民 闭环 由于 由此 由其 牟利 牟取 管委 管道 管线 石场 金矿 武警 武器
    """
WORDS = frozenset(ORDINARY.split())
# Surnames that are far more often ordinary words: 应清退, 关停, 成立. Only a title or a call makes them names.
WEAK = frozenset("应全于和向计易明关成时单相公支权原修索查国强花封展利居干元但况那都云容危惠来满晋")
NAME = re.compile(rf"(?:(?:{DOUBLE})|[{SURNAMES}])(?:[ \u3000]?[\u4e00-\u9fff]){{1,2}}")
"""Names of two characters are set apart in lists: 张　伟."""
TITLE = (
    r"(?:书记|局长|主任|镇长|乡长|村长|区长|县长|市长|组长|科长|股长|所长|站长|队长|院长|校长|园长|处长|部长|经理|董事长|总监|主席|会计|出纳|"
    r"干部|党员|职工|员工|村民|教师|医生|医师|护士|民警|法官|检察官|负责人|法人代表|法定代表人|老板|商人|公职人员|工作人员|会长|社长|秘书长|秘书|"
    r"委员|专干|专员|科员|理事长|监事长|驾驶员|司机)"
)
TITLE_BEFORE = re.compile(rf"{TITLE}$")
LEADER_BEFORE = re.compile(r"(?:书记|区长|县长|市长|主席|主任|常委|部长|检察长|院长)$")
ACTED_ON = re.compile(
    r"(?:对|给予|予以|约谈|将|把|查处|处分|处理|开除|免去|责令|涉及|其中|包括|分别是|收回|追缴|清退|当事人|责任人|涉事人|[：:、，（(]|^|[“])$"
)
CALLED = re.compile(
    r"^(?:同志|先生|女士|等(?:[0-9]+|[一二两三四五六七八九十]+)?(?:名|人|位)|[（(](?:男|女|中共党员|时任|原|系|曾任)|，(?:男|女|中共党员)，)"
)
SUFFERS = re.compile(
    r"^\s?(?:检讨|作检查|退缴|退赔|退款|已退|多领|因|被|受到|受|涉嫌|违反|违规|违纪|违法|利用|收受|挪用|侵占|贪污|受贿|行贿|套取|骗取|严重违|给予|予以|进行|作出|作了|党内|政务|"
    r"立案|诫勉|警告|记过|记大过|降级|撤职|开除|留党|免职|批评|问责|追责|通报|采取|的处分|的问题|的行为|违)"
)
NAMED_BEFORE = re.compile(
    r"(?:处分|处理|问责|约谈|诫勉|谈话|警告|追责|通报|查处)(?:的)?(?:对象|人员|名单)(?:为|是|有|包括)?[：:]?(?:[\u4e00-\u9fff]{2,3}、)*$"
)
"""诫勉谈话对象：张伟明、李小红"""
PAUSE = re.compile(r"^(?:[、，；。）)]|和|及|与|$)")


@dataclass(frozen=True)
class Named:
    """What looks like a person's name, with how much speaks for it: the marks before it, and behind it."""

    start: int
    end: int
    before: str
    surname: str
    called: bool
    suffers: bool
    pauses: bool

    @property
    def titled(self) -> bool:
        return bool(TITLE_BEFORE.search(self.before))

    @property
    def acted_on(self) -> bool:
        return bool(ACTED_ON.search(self.before))

    @property
    def is_likely(self) -> bool:
        """A call (同志) is enough; else something has to speak for it on both sides, and more for a short name between pauses."""
        if self.called:
            return True
        if NAMED_BEFORE.search(self.before) and self.pauses:
            return True
        if self.titled:
            return self.suffers or self.pauses
        if not self.acted_on or self.surname in WEAK:
            return False
        between_pauses = re.search(r"[：:、，“（(]$|^$", self.before) is not None
        return self.suffers and (self.end - self.start > 2 or not between_pauses)


def names_in(text: str) -> Iterator[Named]:
    """Every place where a name may stand, the longer reading of a place before the shorter."""
    for start in range(len(text)):
        found = NAME.match(text, start)
        if found is None:
            continue
        shortest = start + (3 if re.match(DOUBLE, text[start:]) else 2)
        for end in range(found.end(), shortest - 1, -1):
            written = "".join(text[start:end].split())
            if len(written) >= shortest - start and not text[end - 1].isspace() and is_name(written):
                rest, before = text[end : end + 12], text[max(0, start - 20) : start]
                called, suffers, pauses = (bool(mark.match(rest)) for mark in (CALLED, SUFFERS, PAUSE))
                yield Named(start, end, before, text[start], called, suffers, pauses)


def is_name(written: str) -> bool:
    """Whether the characters may be a name at all. A masked one (张某某) is none."""
    given = written[2:] if re.match(DOUBLE, written) else written[1:]
    if any(character in NEVER for character in given):
        return False
    return written[:2] not in WORDS and written[1:] not in WORDS
